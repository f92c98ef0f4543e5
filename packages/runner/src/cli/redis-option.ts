import { Option } from 'commander';

/** Where Redis is by default. */
export const REDIS = 'redis://127.0.0.1:6379';

export const redisOption = () =>
  new Option(
    '--redis <address>',
    'the Redis that studies and workers meet in (npm install bullmq ioredis)',
  ).env('REDIS_URL');
