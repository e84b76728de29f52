"""What a phone's library finds in the TensorFlow Lite file, read by slot number."""

import flatbuffers
import pytest
from flatbuffers import number_types as types

from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.export.tflite.metadata import read_labels

pytest.importorskip("tensorflow")

pytestmark = pytest.mark.training


class Table:
    """A table of a flatbuffer whose schema is known to the reader."""

    def __init__(self, body, position):
        self.table = flatbuffers.table.Table(body, position)

    @classmethod
    def root(cls, body):
        return cls(body, flatbuffers.encode.Get(flatbuffers.packer.uoffset, body, 0))

    def at(self, slot):
        offset = self.table.Offset(4 + 2 * slot)
        assert offset, f"slot {slot} is empty"
        return offset + self.table.Pos

    def text(self, slot):
        return self.table.String(self.at(slot)).decode()

    def byte(self, slot):
        return self.table.Get(types.Uint8Flags, self.at(slot))

    def child(self, slot):
        return Table(self.table.Bytes, self.table.Indirect(self.at(slot)))

    def only(self, slot):
        """The only table of a vector."""
        vector = self.table.Vector(self.at(slot) - self.table.Pos)
        assert self.table.VectorLen(self.at(slot) - self.table.Pos) == 1
        return Table(self.table.Bytes, self.table.Indirect(vector))

    def number(self, slot):
        vector = self.table.Vector(self.at(slot) - self.table.Pos)
        return self.table.Get(types.Float32Flags, vector)


@pytest.fixture(scope="module")
def file(exported):
    return exported[Format.TFLITE].path.read_bytes()


@pytest.fixture(scope="module")
def model(file):
    from ai_edge_litert import schema_py_generated as schema

    return schema.Model.GetRootAs(file)


@pytest.fixture(scope="module")
def metadata(model):
    entries = [model.Metadata(i) for i in range(model.MetadataLength())]
    [entry] = [entry for entry in entries if entry.Name() == b"TFLITE_METADATA"]
    return model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()


def test_the_metadata_is_of_the_known_schema(metadata):
    assert metadata[4:8] == b"M001"
    root = Table.root(metadata)
    assert root.text(0) == "Recycling"
    assert root.text(5) == "Apache-2.0"


def test_the_input_is_a_colour_picture_that_is_not_scaled_again(metadata):
    picture = Table.root(metadata).only(3).only(2)
    assert picture.text(0) == "image"
    assert picture.child(3).byte(0) == 2  # ImageProperties
    assert picture.child(3).child(1).byte(0) == 1  # RGB
    normalization = picture.only(4)
    assert normalization.byte(0) == 1  # NormalizationOptions
    assert normalization.child(1).number(0) == 0.0
    assert normalization.child(1).number(1) == 1.0


def test_the_output_names_its_labels_which_lie_in_the_file(metadata, file, spec):
    labels = Table.root(metadata).only(3).only(3).only(6)
    assert labels.text(0) == "labels.txt"
    assert labels.byte(2) == 2  # TENSOR_AXIS_LABELS
    assert read_labels(file) == spec.labels


def test_weights_stay_aligned_as_processors_need_it(model, file):
    sizes = []
    for number in range(model.BuffersLength()):
        buffer = model.Buffers(number)
        if not buffer.DataIsNone():
            field = buffer._tab.Offset(4)
            assert buffer._tab.Vector(field) % 16 == 0
            sizes.append(buffer.DataLength())
    assert sum(sizes) > len(file) / 2
    assert file[4:8] == b"TFL3"
