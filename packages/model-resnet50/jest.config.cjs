module.exports = require('../../jest.preset.cjs')('model-resnet50');
