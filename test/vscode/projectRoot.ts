import path from 'node:path';

export const projectRoot = path.resolve(__dirname, '../..');
export const artifactsFolder = path.join(projectRoot, 'test/artifacts');
