"""Rebuild a network that was trained in mixed precision with float32 arithmetic.

A GPU trains faster with float16 activations, but a converted file would predict wrongly.
"""

from typing import Any

Network = Any  # keras has no types


def in_full_precision(model: Network) -> Network:
    """Return ``model`` itself, or a copy with the same weights where a layer is not float32."""
    if all(layer.compute_dtype == "float32" for layer in _layers(model)):
        return model
    import keras

    copy = keras.models.clone_model(model, clone_function=_float32, recursive=True)
    copy.set_weights(model.get_weights())
    return copy


def _layers(model: Network) -> list[Network]:
    """Return the layers, those of networks inside the network included."""
    nested = [_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
    return [layer for layers in nested for layer in layers]


def _float32(layer: Network) -> Network:
    return type(layer).from_config({**layer.get_config(), "dtype": "float32"})
