import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

// The rules of @nx read nx's cached project graph, and without a word check nothing when there is none.
await createProjectGraphAsync({ exitOnError: false });

/** Who may import whom, by the tag in a package's package.json. Nothing that is published imports the runner. */
const imports = {
  'type:core': ['type:core'],
  'type:model': ['type:core'],
  'type:dataset': ['type:core'],
  'type:mlflow': ['type:core'],
  'type:tracker': ['type:core'],
  'type:engine': ['type:core'],
  'type:runner': ['type:core', 'type:engine', 'type:mlflow'],
  'type:tool': [
    'type:core',
    'type:dataset',
    'type:engine',
    'type:mlflow',
    'type:model',
    'type:runner',
    'type:tracker',
  ],
};

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/out-tsc',
      '**/node_modules',
      '**/coverage',
      '.nx',
      '.scratch',
      'docs/api',
      '**/.examples',
      '**/*.gen.ts',
      '**/.venv',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          // Commands import what they need when they run; other code imports the same packages as usual.
          checkDynamicDependenciesExceptions: ['.*'],
          depConstraints: Object.entries(imports).map(([sourceTag, onlyDependOnLibsWithTags]) => ({
            sourceTag,
            onlyDependOnLibsWithTags,
          })),
        },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
        { selector: 'TSParameterProperty', message: 'Declare the field.' },
      ],
    },
  },
  {
    // The tsyringe container is a seam, not a habit: plugins are values (docs/decisions.md).
    files: ['packages/*/src/**/*.ts'],
    ignores: ['packages/core/src/container.ts', '**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: ['tsyringe'] }] },
  },
  {
    // The conformance run takes the package as users do, and once as it is installed elsewhere.
    files: ['packages/engine/conformance/*.mjs'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['packages/*/package.json'],
    languageOptions: { parser: jsonc },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: ['{projectRoot}/**/*.test.ts', '{projectRoot}/jest.config.cjs'],
          // Part of its JavaScript is bundled into the engine's build.
          ignoredDependencies: ['@tensorflow/tfjs-node-gpu', '@fontsource/roboto'],
        },
      ],
    },
  },
);
