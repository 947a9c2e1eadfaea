"""Data: datasets and what is known of them, factor spaces, splits, views of several images, batches."""

from typing import TYPE_CHECKING

from ..registry.lazy_exports import attach

if TYPE_CHECKING:
    from .batch_sampler import SeededBatchSampler as SeededBatchSampler
    from .counter_rng import CounterRNG as CounterRNG
    from .custom.array import Array as Array
    from .custom.folder import Folder as Folder
    from .dataset import Dataset as Dataset, StoredDataset as StoredDataset
    from .dataset_info import DatasetInfo as DatasetInfo, describe_dataset as describe_dataset
    from .entities import Entities as Entities
    from .factors import FactorSpace as FactorSpace
    from .public.cars3d import Cars3D as Cars3D
    from .public.celeba import CelebA as CelebA
    from .public.cmnist import ColoredMNIST as ColoredMNIST
    from .public.dsprites import DSprites as DSprites
    from .public.hwf import HWF as HWF
    from .public.mnist import MNIST as MNIST, FashionMNIST as FashionMNIST
    from .public.mpi3d import MPI3D as MPI3D
    from .public.nvlabs import Falcor3D as Falcor3D, Isaac3D as Isaac3D
    from .public.shapes3d import Shapes3D as Shapes3D
    from .public.smallnorb import SmallNORB as SmallNORB
    from .relations import Relation as Relation, Relations as Relations
    from .rendered.cppn import PatternImages as PatternImages
    from .rendered.helix import Helix as Helix
    from .rendered.random_net import RandomNetVectors as RandomNetVectors
    from .rendered.room.dataset import Room as Room
    from .rendered.scm import CausalVectors as CausalVectors, LinearSCM as LinearSCM
    from .rendered.simple_shapes import Circles as Circles, Simple as Simple
    from .rendered.sprites import Sprites as Sprites
    from .rendered.symbols.dataset import Symbols as Symbols
    from .rendered.xysquares import XYSquares as XYSquares
    from .splits.splits import Splits as Splits, random_splits as random_splits
    from .splits.standard import StandardSplit as StandardSplit
    from .views.noisy_copies import NoisyCopies as NoisyCopies
    from .views.pairs import Pairs as Pairs
    from .views.triplets import Triplets as Triplets
    from .views.view import View as View, ViewIndices as ViewIndices
    from .views.weak import WeakPairs as WeakPairs

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Array": "custom.array",
        "Cars3D": "public.cars3d",
        "CausalVectors": "rendered.scm",
        "CelebA": "public.celeba",
        "Circles": "rendered.simple_shapes",
        "ColoredMNIST": "public.cmnist",
        "CounterRNG": "counter_rng",
        "DSprites": "public.dsprites",
        "Dataset": "dataset",
        "DatasetInfo": "dataset_info",
        "Entities": "entities",
        "FactorSpace": "factors",
        "Falcor3D": "public.nvlabs",
        "FashionMNIST": "public.mnist",
        "Folder": "custom.folder",
        "HWF": "public.hwf",
        "Isaac3D": "public.nvlabs",
        "Helix": "rendered.helix",
        "LinearSCM": "rendered.scm",
        "MNIST": "public.mnist",
        "MPI3D": "public.mpi3d",
        "NoisyCopies": "views.noisy_copies",
        "Pairs": "views.pairs",
        "PatternImages": "rendered.cppn",
        "RandomNetVectors": "rendered.random_net",
        "Relation": "relations",
        "Relations": "relations",
        "Room": "rendered.room.dataset",
        "SeededBatchSampler": "batch_sampler",
        "Shapes3D": "public.shapes3d",
        "Simple": "rendered.simple_shapes",
        "SmallNORB": "public.smallnorb",
        "Splits": "splits.splits",
        "Sprites": "rendered.sprites",
        "StandardSplit": "splits.standard",
        "StoredDataset": "dataset",
        "Symbols": "rendered.symbols.dataset",
        "Triplets": "views.triplets",
        "View": "views.view",
        "ViewIndices": "views.view",
        "WeakPairs": "views.weak",
        "XYSquares": "rendered.xysquares",
        "describe_dataset": "dataset_info",
        "random_splits": "splits.splits",
    },
)
