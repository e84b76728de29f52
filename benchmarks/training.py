"""From labels to a validated model: this program against the Keras tutorial, in the same run.

The photos are the training and validation part of TrashNet; accuracy is measured on its authors'
test photos. A model is validated when its accuracy is told; then it becomes a Keras file, which
loads TensorFlow and is timed apart ("…_file_s"). The tutorial is Keras' own transfer learning
guide: a frozen MobileNetV2, average pooling, dropout and one dense layer, ten epochs of ``fit``.

Every child starts cold. "first" also converts the backbone, which happens once on a computer;
"again" has the features cached; "usual" is a set of new photos after that; "exports" writes all
four formats and runs each on every validation photo, timed apart.
"""

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cloudanno_desktop.dataset.run_folder import RunFolder, TrainOptions
from cloudanno_desktop.dataset.snapshot import LabeledImage, build_job
from cloudanno_desktop.training.events import Evaluated, RunFailed
from cloudanno_desktop.training.process import NICENESS, TrainingChild

DATA = Path(
    os.environ.get("CLOUDANNO_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
PHOTOS = DATA / "datasets" / "trashnet-1137"
WEIGHTS = DATA / "weights" / "mobilenet_v2_1.0_224_no_top.weights.h5"
FORMATS = ("keras", "tflite", "coreml", "mlmodel")
ASK = "ask"
TUTORIAL = "tutorial"


def photos() -> list[dict[str, str]]:
    """Return the rows of the photos' table."""
    with (PHOTOS / "labels.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def label_names(rows: list[dict[str, str]]) -> list[str]:
    """Return the labels in the order of the outputs."""
    return sorted({row["label"] for row in rows})


def ours(folder: Path, formats: tuple[str, ...] = ()) -> tuple[float, float, RunFolder]:
    """Snapshot and train in a child; return the seconds to the validated model and to its file."""
    began = time.monotonic()
    rows = photos()
    names = label_names(rows)
    images = [
        LabeledImage(
            key=row["file"],
            path=str(PHOTOS / row["file"]),
            digest=hashlib.blake2b((PHOTOS / row["file"]).read_bytes(), digest_size=32).hexdigest(),
            labels=(names.index(row["label"]),),
            pin=row["split"],
        )
        for row in rows
    ]
    options = TrainOptions(weights=str(WEIGHTS), formats=formats)
    run = RunFolder(folder)
    run.write_job(build_job("TrashNet", names, images, options, multi_label=False))
    validated_s = 0.0
    for event in TrainingChild(folder).events():
        if isinstance(event, Evaluated):
            validated_s = time.monotonic() - began
        if isinstance(event, RunFailed):
            raise SystemExit(event.message)
    return validated_s, time.monotonic() - began, run


def ask(model_path: Path) -> float:
    """Return the accuracy of a saved model on the test photos."""
    import keras

    from cloudanno_desktop.training.preprocess import read_batches

    rows = [row for row in photos() if row["split"] == "test"]
    names = label_names(rows)
    model = keras.models.load_model(model_path, compile=False)
    batches = read_batches([PHOTOS / row["file"] for row in rows], "stretch")
    answers = np.concatenate([model.predict_on_batch(batch) for batch in batches])
    truth = np.array([names.index(row["label"]) for row in rows])
    return float((answers.argmax(axis=1) == truth).mean())


def tutorial(model_path: Path) -> None:
    """Train as the tutorial does and save the model."""
    import keras
    import tensorflow as tf

    rows = photos()
    names = label_names(rows)

    def dataset(split: str) -> tf.data.Dataset:
        chosen = [row for row in rows if row["split"] == split]
        paths = [str(PHOTOS / row["file"]) for row in chosen]
        numbers = [names.index(row["label"]) for row in chosen]

        def read(path: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pixels = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
            return tf.image.resize(pixels, (224, 224)), number

        found = tf.data.Dataset.from_tensor_slices((paths, numbers))
        if split == "train":
            found = found.shuffle(len(paths), seed=0)
        return found.map(read, tf.data.AUTOTUNE).batch(32).prefetch(tf.data.AUTOTUNE)

    backbone = keras.applications.MobileNetV2(
        input_shape=(224, 224, 3), include_top=False, weights=str(WEIGHTS)
    )
    backbone.trainable = False
    image = keras.Input((224, 224, 3))
    features = backbone(keras.layers.Rescaling(1 / 127.5, -1.0)(image), training=False)
    pooled = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(features))
    model = keras.Model(image, keras.layers.Dense(len(names), activation="softmax")(pooled))
    model.compile(
        keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(dataset("train"), validation_data=dataset("val"), epochs=10, verbose=0)
    model.save(model_path)


def in_child(what: str, model_path: Path) -> tuple[float, str]:
    """Run one function of this script in a process of its own; return seconds and its output."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, what, str(model_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        preexec_fn=lambda: os.nice(NICENESS),  # as low a priority as ours
    )
    return time.monotonic() - began, done.stdout


def compare(folder: Path) -> dict[str, float]:
    """Measure both and return the figures."""
    os.environ["CLOUDANNO_HOME"] = str(folder / "home")
    figures = {}
    for name in ("first", "again"):
        figures[f"{name}_s"], figures[f"{name}_file_s"], run = ours(folder / name)
    database = next(folder.glob("home/cache/features/features.db"))
    for path in database.parent.glob("features.db*"):
        path.unlink()
    figures["usual_s"], figures["usual_file_s"], run = ours(folder / "usual")
    figures["accuracy"] = float(in_child(ASK, run.model_path)[1].split()[-1])
    theirs = folder / "tutorial.keras"
    figures["tutorial_s"] = in_child(TUTORIAL, theirs)[0]
    figures["tutorial_accuracy"] = float(in_child(ASK, theirs)[1].split()[-1])
    figures["ratio"] = figures["tutorial_s"] / figures["usual_s"]
    figures["ratio_first"] = figures["tutorial_s"] / figures["first_s"]
    figures["ratio_file"] = figures["tutorial_s"] / figures["usual_file_s"]
    for phase, seconds in run.read_result().seconds.items():
        figures[f"usual_{phase}_s"] = seconds
    exported = ours(folder / "exports", FORMATS)[2].read_result()
    figures["exports_s"] = exported.seconds["export"]
    for artifact in exported.artifacts:
        figures[f"{artifact.format}_agreement"] = artifact.agreement
    return figures


def main() -> None:
    """Print the figures as JSON, or do one part in a child."""
    if sys.argv[1:2] == [ASK]:
        print(ask(Path(sys.argv[2])))
    elif sys.argv[1:2] == [TUTORIAL]:
        tutorial(Path(sys.argv[2]))
    elif not PHOTOS.is_dir():
        print(f"no photos at {PHOTOS}; set CLOUDANNO_TEST_DATA")
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures = compare(Path(folder))
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=1))


if __name__ == "__main__":
    main()
