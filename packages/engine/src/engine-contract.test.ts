import { describe } from '@jest/globals';
import { engineContract } from '@paperlab/core/testing';
import { tensorflow } from './index.js';

describe('TensorFlow', () => engineContract(() => tensorflow()));
