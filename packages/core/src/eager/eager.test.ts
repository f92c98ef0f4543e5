import { describe } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { engineContract } from '../testing/engine-contract.js';
import { eager } from './engine.js';

describe('plain tfjs', () => engineContract(() => eager({ backend: 'cpu' })));
