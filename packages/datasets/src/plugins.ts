import type { Plugins } from '@paperlab/core';
import { cifar10 } from './cifar10.js';
import { cifar100 } from './cifar100.js';
import { fashionMnist } from './fashion-mnist.js';
import { imageFolder } from './image-folder.js';
import { imageTar } from './image-tar.js';
import { imagenette, imagewoof } from './imagenette.js';
import { mnist } from './mnist.js';
import { synthetic } from './synthetic.js';

/** The datasets by the names that a command line has for them. */
export const plugins = {
  datasets: {
    mnist,
    'fashion-mnist': fashionMnist,
    cifar10,
    cifar100,
    imagenette,
    imagewoof,
    'image-folder': imageFolder,
    'image-tar': imageTar,
    synthetic,
  },
} as const satisfies Plugins;
