"""The side of the pipeline that knows storage: what to watch comes in, predictions, pictures and states go out."""
