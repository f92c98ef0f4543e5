export { vgg, vgg16, type VggOptions } from './vgg.js';
