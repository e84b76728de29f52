"""Read the protobuf message that a Core ML file is."""

from typing import Any

from cloudanno_desktop.export.artifact import METADATA_NAME
from cloudanno_desktop.export.model_card import ModelMetadata, read_metadata
from cloudanno_desktop.export.silence import load_coremltools

Message = Any  # protobuf's classes have no types


def coreml_metadata(model: Message) -> ModelMetadata | None:
    return read_metadata(model.description.metadata.userDefined[METADATA_NAME])


def read_message(body: bytes) -> Message:
    load_coremltools()
    from coremltools.proto import Model_pb2
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return Model_pb2.Model.FromString(body)
    except DecodeError as error:
        raise ValueError(str(error)) from error
