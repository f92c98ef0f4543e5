module.exports = require('../../jest.preset.cjs')('model-vgg16');
