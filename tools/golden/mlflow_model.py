"""Reads with MLflow's Python client what Paperlab's tracker sent: tools/golden/mlflow-model.test.ts.

    python mlflow_model.py TRACKING_URI RUN_ID REGISTERED_MODEL@ALIAS IMAGES

IMAGES is a file, {shape, values}. Prints, as JSON: the logits, by the URI from which the model was loaded; of the example
that is with the model as well; what an input of a wrong shape gets; and the run's datasets.
"""

import json
import pathlib
import sys

import mlflow
import numpy as np
from mlflow.data.schema import TensorDatasetSchema

uri, run_id, registered, file = sys.argv[1:]
mlflow.set_tracking_uri(uri)
given = json.loads(pathlib.Path(file).read_text())
images = np.array(given["values"], np.float32).reshape(given["shape"])


def flat(outputs):
    return {name: np.asarray(value).ravel().tolist() for name, value in outputs.items()}


logits = {}
for source in [f"runs:/{run_id}/model", f"models:/{registered}"]:
    model = mlflow.pyfunc.load_model(source)
    logits[source] = flat(model.predict({"images": images}))
example = flat(model.predict(model.input_example))
try:
    model.predict({"images": images[:, :-1]})
    refusal = None
except mlflow.exceptions.MlflowException as error:
    refusal = str(error)

run = mlflow.get_run(run_id)
datasets = {}
for dataset_input in run.inputs.dataset_inputs:
    dataset = dataset_input.dataset
    schema = TensorDatasetSchema.from_dict(json.loads(dataset.schema))
    datasets[dataset_input.tags[0].value] = {
        "source": mlflow.data.get_source(dataset).to_dict(),
        "features": schema.features.to_dict(),
        "targets": schema.targets.to_dict(),
        "profile": json.loads(dataset.profile),
        "digest": dataset.digest,
    }
info = model.metadata
print(
    json.dumps(
        {
            "logits": logits,
            "example": example,
            "refusal": refusal,
            "datasets": datasets,
            "metadata": info.metadata,
            "run": info.run_id,
            "model": info.model_id,
            "outputs": [output.model_id for output in run.outputs.model_outputs],
            "requirements": pathlib.Path(mlflow.pyfunc.get_model_dependencies(source)).read_text().split(),
        }
    )
)
