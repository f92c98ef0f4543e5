import { experiment as base } from './quarters.js';
console.log('waiting');
const open = () => new Promise<never>(() => setInterval(() => {}, 1000));
export const experiment = { ...base, dataset: { ...base.dataset, open } };
