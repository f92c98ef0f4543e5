"""A training step in Keras: train_step of a compiled model, which tf.function turns into a graph, without XLA."""

import keras
import numpy as np
import tensorflow as tf

from keras_networks import build

VERSIONS = {'keras': keras.__version__, 'tensorflow': tf.__version__}


def optimizer_of(settings):
    rates = {'learning_rate': settings['learningRate'], 'weight_decay': settings.get('weightDecay')}
    if settings['kind'] == 'adam':
        return keras.optimizers.Adam(**rates)
    momentum = {'momentum': settings['momentum'], 'nesterov': settings.get('nesterov', False)}
    return keras.optimizers.SGD(**rates, **momentum)


def prepare(work, steps=1):
    """The model and a function that trains it on one batch and returns the loss, a mean since model.reset_metrics().

    work: see StepWork in src/step-work.ts
    steps: how many it does at once
    """
    if 'intraOpThreads' in work:
        tf.config.threading.set_intra_op_parallelism_threads(work['intraOpThreads'])
    if work['precision'] == 'bfloat16':
        keras.mixed_precision.set_global_policy('mixed_bfloat16')
    keras.utils.set_random_seed(4242)
    model = build(work['network'], work['shape'])
    model.compile(
        optimizer=optimizer_of(work['optimizer']),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    images = tf.random.uniform([work['batch'], *work['shape']])
    labels = tf.range(work['batch']) % work['classes']

    # As steps_per_execution of compile() does it.
    @tf.function(jit_compile=False)
    def train_steps(images, labels):
        return tf.stack([model.train_step((images, labels))['loss'] for _ in range(steps)])

    return model, lambda: train_steps(images, labels).numpy()[-1]


def trainable_parameters(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
