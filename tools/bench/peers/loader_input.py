"""A contender that prepares images with PyTorch's DataLoader: what those for CIFAR-10 and for photos have in common."""

import resource

from torch.utils.data import DataLoader

from contender import serve


def cpu_seconds():
    """Of this process, and of workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def serve_loader(dataset, batch, epochs, workers, versions):
    """Draws all batches of a dataset, in a new order each epoch, in rounds of so many epochs."""
    # Workers are processes that end with the epoch. They are forked, so that they are children of this process.
    context = 'fork' if workers else None
    loader = DataLoader(
        dataset, batch_size=batch, shuffle=True, num_workers=workers, multiprocessing_context=context
    )

    def draw(epochs):
        before = cpu_seconds()
        images = batches = 0
        for _ in range(epochs):
            for x, _ in loader:
                images += len(x)
                batches += 1
        return {'images': images, 'batches': batches, 'cpuSeconds': cpu_seconds() - before}

    serve(draw, epochs, versions)
