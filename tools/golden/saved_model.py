"""Loads SavedModels as users do and says what they compute: tools/golden/export.test.ts.

    python saved_model.py FOLDER

Every folder in FOLDER is a SavedModel, with its inputs beside it: NAME.json, {input: {shape, values}}. Prints, as JSON,
by NAME: the outputs of the signature, of its first example alone, and of the graph by TensorFlow 1's API, op by op;
`fused`, what TensorFlow makes of it by default, with convolutions and normalizations in one op, which rounds
otherwise; and the variables.
"""

import json
import pathlib
import sys

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig


def flat(outputs):
    return {name: np.asarray(value).ravel().tolist() for name, value in outputs.items()}


def by_graph(path, inputs):
    """As programs without tf.function run it: TensorFlow Serving, Java, Go."""
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.remapping = RewriterConfig.OFF
    with tf.compat.v1.Session(graph=tf.Graph(), config=config) as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], path)
        signature = meta.signature_def["serving_default"]
        feed = {signature.inputs[name].name: value for name, value in inputs.items()}
        return session.run({name: info.name for name, info in signature.outputs.items()}, feed)


def by_signature(path, inputs, remapping):
    tf.config.optimizer.set_experimental_options({"remapping": remapping})
    model = tf.saved_model.load(path)
    return model, flat(model.signatures["serving_default"](**inputs))


results = {}
for path in sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir()):
    given = json.loads(pathlib.Path(f"{path}.json").read_text())
    inputs = {name: np.array(x["values"], np.float32).reshape(x["shape"]) for name, x in given.items()}
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    _, fused = by_signature(str(path), tensors, remapping=True)
    model, outputs = by_signature(str(path), tensors, remapping=False)
    signature = model.signatures["serving_default"]
    one = {name: value[:1] for name, value in tensors.items()}
    results[path.name] = {
        "fused": fused,
        "outputs": outputs,
        "first": flat(signature(**one)),
        "graph": flat(by_graph(str(path), inputs)),
        "specs": {name: [-1 if n is None else n for n in spec.shape] for name, spec in signature.structured_input_signature[1].items()},
        "variables": {v.name.removesuffix(":0"): list(v.shape) for v in model.variables},
    }
print(json.dumps(results))
