module.exports = require('../../jest.preset.cjs')('mlflow-ui');
