"""The benchmarks' networks in Keras, with the initial weights and the dropout of their papers and recipes.

Padding is TensorFlow's `same` where the papers pad on every side: as much work, and no layer of its own in Keras.
"""

import keras
import tensorflow as tf
from keras import initializers, layers, ops


def scaled(scale, mode, distribution):
    """What a layer of so many inputs starts from, with biases of 0."""
    kernel = lambda: initializers.VarianceScaling(scale, mode, distribution)
    return lambda inputs: {'kernel_initializer': kernel()}


def pytorch_default(inputs):
    """Uniform in ±1/sqrt(inputs)."""
    bound = inputs**-0.5
    return {f'{weight}_initializer': initializers.RandomUniform(-bound, bound) for weight in ('kernel', 'bias')}


def normal(deviation, bias):
    return lambda inputs: {
        'kernel_initializer': initializers.RandomNormal(stddev=deviation),
        'bias_initializer': initializers.Constant(bias),
    }


def xavier(bias):
    """Caffe's."""
    kernel = scaled(1.0, 'fan_in', 'uniform')
    return lambda inputs: {**kernel(inputs), 'bias_initializer': initializers.Constant(bias)}


he = scaled(2.0, 'fan_out', 'untruncated_normal')
glorot = scaled(1.0, 'fan_avg', 'uniform')


def conv(x, maps, size, start, stride=1, padding='same', **options):
    inputs = size * size * x.shape[-1]
    return layers.Conv2D(maps, size, stride, padding=padding, **start(inputs), **options)(x)


def dense(x, units, start, **options):
    return layers.Dense(units, **start(x.shape[-1]), **options)(x)


def logits(x, classes, start):
    """In float32 under mixed precision too, as Keras wants it."""
    return dense(x, classes, start, dtype='float32')


def pool(x, size, stride, padding='same'):
    return layers.MaxPooling2D(size, stride, padding)(x)


def local_response_norm(x, bias, alpha):
    return layers.Lambda(lambda x: tf.nn.local_response_normalization(x, 2, bias, alpha, 0.75))(x)


def conv_norm(x, maps, size, stride=1):
    x = conv(x, maps, size, he, stride, use_bias=False)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def lenet5(x):
    x = conv(x, 6, 5, pytorch_default, padding='valid', activation='tanh')
    x = layers.AveragePooling2D(2)(x)
    x = conv(x, 16, 5, pytorch_default, padding='valid', activation='tanh')
    x = layers.AveragePooling2D(2)(x)
    x = conv(x, 120, 5, pytorch_default, padding='valid', activation='tanh')
    x = dense(layers.Flatten()(x), 84, pytorch_default, activation='tanh')
    return logits(x, 10, pytorch_default)


def alexnet(image):
    """Two columns, each of its own convolutions: not `groups=2`, as a column normalizes its own maps."""
    zero, one = normal(0.01, 0), normal(0.01, 1)
    norm_pool = lambda x: pool(local_response_norm(x, 2.0, 1e-4), 3, 2, 'valid')
    columns = []
    for _ in range(2):
        x = norm_pool(conv(image, 48, 11, zero, 4, padding='valid', activation='relu'))
        columns.append(norm_pool(conv(x, 128, 5, one, activation='relu')))
    both = layers.Concatenate()(columns)
    columns = []
    for _ in range(2):
        x = conv(both, 192, 3, zero, activation='relu')
        x = conv(x, 192, 3, one, activation='relu')
        x = conv(x, 128, 3, one, activation='relu')
        columns.append(layers.Flatten()(pool(x, 3, 2, 'valid')))
    for _ in ('fc6', 'fc7'):
        both = layers.Concatenate()(columns)
        columns = [layers.Dropout(0.5)(dense(both, 2048, one, activation='relu')) for _ in range(2)]
    return logits(layers.Concatenate()(columns), 1000, zero)


VGG_ROWS = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]


def vgg(x, units, classes, start, batch_norm):
    for maps, convolutions in VGG_ROWS:
        for _ in range(convolutions):
            x = conv(x, maps, 3, start, activation='relu')
        if batch_norm:
            x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        x = pool(x, 2, 2)
    x = layers.Flatten()(x)
    for _ in ('fc6', 'fc7'):
        x = layers.Dropout(0.5)(dense(x, units, start, activation='relu'))
    return logits(x, classes, start)


def vgg16(x):
    return vgg(x, 4096, 1000, glorot, batch_norm=False)


def minivgg16(x):
    return vgg(x, 1024, 10, pytorch_default, batch_norm=True)


def inception(x, n1x1, n3x3_reduce, n3x3, n5x5_reduce, n5x5, projected):
    relu = lambda x, maps, size: conv(x, maps, size, xavier(0.2), activation='relu')
    branches = [
        relu(x, n1x1, 1),
        relu(relu(x, n3x3_reduce, 1), n3x3, 3),
        relu(relu(x, n5x5_reduce, 1), n5x5, 5),
        relu(pool(x, 3, 1), projected, 1),
    ]
    return layers.Concatenate()(branches)


# Table 1; None is a pool.
INCEPTIONS = [
    (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), None,
    (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), None,
    (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128),
]  # fmt: skip


def googlenet(x):
    """The paper's, without auxiliary classifiers."""
    norm = lambda x: local_response_norm(x, 1.0, 1e-4 / 5)
    x = norm(pool(conv(x, 64, 7, xavier(0.2), 2, activation='relu'), 3, 2))
    x = conv(x, 64, 1, xavier(0.2), activation='relu')
    x = pool(norm(conv(x, 192, 3, xavier(0.2), activation='relu')), 3, 2)
    for row in INCEPTIONS:
        x = inception(x, *row) if row else pool(x, 3, 2)
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    return logits(x, 1000, xavier(0))


def resnet50(x):
    x = pool(layers.ReLU()(conv_norm(x, 64, 7, 2)), 3, 2)
    for stage, blocks in enumerate([3, 4, 6, 3]):
        maps = 64 * 2**stage
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            shortcut = conv_norm(x, 4 * maps, 1, stride) if block == 0 else x
            x = layers.ReLU()(conv_norm(x, maps, 1, stride))
            x = layers.ReLU()(conv_norm(x, maps, 3))
            x = layers.ReLU()(layers.Add()([conv_norm(x, 4 * maps, 1), shortcut]))
    return logits(layers.GlobalAveragePooling2D()(x), 1000, pytorch_default)


def resnet20(x):
    x = layers.ReLU()(conv_norm(x, 16, 3))
    for maps in (16, 32, 64):
        for _ in range(3):
            stride = 1 if x.shape[-1] == maps else 2
            shortcut = x
            if stride == 2:  # option A: every other pixel, zeros for the new maps
                shortcut = ops.pad(x[:, ::2, ::2], [(0, 0), (0, 0), (0, 0), (0, maps // 2)])
            x = layers.ReLU()(conv_norm(x, maps, 3, stride))
            x = layers.ReLU()(layers.Add()([conv_norm(x, maps, 3), shortcut]))
    return logits(layers.GlobalAveragePooling2D()(x), 10, pytorch_default)


NETWORKS = {
    network.__name__: network for network in (lenet5, alexnet, vgg16, minivgg16, googlenet, resnet50, resnet20)
}


def build(name, shape):
    image = keras.Input(tuple(shape))
    return keras.Model(image, NETWORKS[name](image))
