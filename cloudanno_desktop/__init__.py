"""CloudAnno Desktop: label photos in a bucket, train a classifier, publish it to phones."""

__version__ = "0.1.0"
