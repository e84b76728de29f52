"""The Keras file: the network itself, for notebooks and further training.

A ``.keras`` file is a zip; the names of the outputs lie in it as ``labels.txt``, beside how
pictures go in: members that Keras ignores. Times are taken out, so that a network written twice by
one process gives the same bytes; Keras numbers shared objects afresh in every process, so another
one may differ in ``config.json``.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from cloudanno_desktop import log
from cloudanno_desktop.dataset.run_folder import RunFolder, is_run_folder
from cloudanno_desktop.export.artifact import METADATA_NAME, ModelSpec, zip_entry
from cloudanno_desktop.export.model_card import ModelMetadata, read_metadata
from cloudanno_desktop.export.predictor import Floats, ModelUnreadable
from cloudanno_desktop.export.silence import quiet_natives

LABELS_FILE = "labels.txt"
# One picture needs some 40 MB for the outputs of the layers of MobileNetV2.
_BATCH = 8


def write_keras(model: Any, spec: ModelSpec, path: Path) -> None:  # noqa: ANN401  # keras is untyped
    saved = path.with_name(path.stem + ".saved.keras")
    model.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist()):
            body = source.read(name)
            target.writestr(zip_entry(name), _undated(body) if name == "metadata.json" else body)
        target.writestr(zip_entry(LABELS_FILE), "\n".join(spec.labels))
        target.writestr(zip_entry(METADATA_NAME), spec.metadata.encoded())
    saved.unlink()


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the names of the outputs of the ``.keras`` file at ``path``.

    They lie in the file, or, if another program wrote it, in the folder of the run around it.

    Raises:
        ModelUnreadable: the file is damaged, or its labels are not known.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if LABELS_FILE in archive.namelist():
                return tuple(archive.read(LABELS_FILE).decode().split("\n"))
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelUnreadable(str(path), str(error)) from error
    for folder in path.parent, path.parent.parent:
        if is_run_folder(folder):
            return RunFolder(folder).read_job().labels
    raise ModelUnreadable(str(path), "it does not name its labels")


def keras_metadata(path: Path) -> ModelMetadata | None:
    with log.passing_over(KeyError, OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        return read_metadata(archive.read(METADATA_NAME))
    return None


class KerasPredictor:
    """A Keras network loaded from its ``.keras`` file."""

    def __init__(self, path: Path, labels: tuple[str, ...]) -> None:
        self.metadata = keras_metadata(path)
        with quiet_natives():  # TensorFlow reports the processor it found
            import keras
            import tensorflow as tf

            model = keras.saving.load_model(path, compile=False)
        # As a graph: called eagerly, a network keeps the output of every layer to the end.
        pictures = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        self._reply = tf.function(lambda pixels: model(pixels, training=False), [pictures])
        self.labels = labels

    def predict(self, pixels: Floats) -> Floats:
        none = np.zeros((0, len(self.labels)), np.float32)
        starts = range(0, len(pixels), _BATCH)
        return np.concatenate(
            [none, *(np.asarray(self._reply(pixels[at : at + _BATCH])) for at in starts)]
        )


def _undated(body: bytes) -> bytes:
    values = json.loads(body)
    values.pop("date_saved", None)
    return json.dumps(values).encode()
