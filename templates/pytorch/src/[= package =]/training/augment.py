"""How training samples are varied: a batch at a time, on the device, each sample in its own way."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Beta
from torch.nn.functional import one_hot

from ..config.augment import AugmentConfig
from ..config.settings import Config
from ..model.device import seed_device
from ..processes import World

STRETCH = (3 / 4, 4 / 3)  # of a crop's width: C. Szegedy et al., Going Deeper with Convolutions, 2014
ERASED_SHARES, ERASED_RATIOS = (0.02, 0.33), (0.3, 1 / 0.3)  # Z. Zhong et al., Random Erasing, 2017

FOR_ALL_SAMPLES = {"order", "forward_input_shape"}  # what kornia draws once for a batch, or knows of it


class Augmentation:
    """Changes a batch as the settings say, with kornia; what is drawn depends on `seed_draws` before.

    With several processes it changes a share of a batch as it would change these samples of the whole one,
    but for mixup and cutmix: their partners are of the same share.
    """

    def __init__(self, config: AugmentConfig, num_classes: int, world: World | None = None) -> None:
        self.config, self.num_classes, self.world = config.chosen, num_classes, world or World()
        self._operations: nn.Module | None = None  # made for the first batch: all are of one shape

    @torch.no_grad()
    def __call__(
        self, inputs: Tensor, labels: Tensor, num_samples: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return changed inputs and what they show; the whole batch has `num_samples`, None if this is all.

        Inputs: uint8 (batch, channels, height, width), as a result float32, 0 to 255. Labels: int64 (batch,);
        with mixup or cutmix the result is float32 (batch, classes), each sample's shares of the classes.
        """
        if self._operations is None:
            self._operations = _operations(self.config, inputs)
            if self.world.size > 1:
                share_draws(self._operations, self.world)
        for each in self._operations.modules():
            if isinstance(each, SharedDraws):
                each.num_samples = num_samples or len(inputs)
        varied, targets = self._operations(inputs.float() / 255), labels
        if self.config.mixup_alpha > 0 or self.config.cutmix_alpha > 0:
            varied, targets = self._combine(varied, one_hot(labels, self.num_classes).float())
        return varied.clamp(0, 1) * 255, targets

    def _combine(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Combine each sample with another of the batch, by mixup or by cutmix; if both are on, by lot."""
        mixup_alpha, cutmix_alpha = self.config.mixup_alpha, self.config.cutmix_alpha
        # Drawn on the CPU, as kornia draws; a GPU need not wait for copies that do not block.
        partners = torch.randperm(len(inputs)).to(inputs.device, non_blocking=True)
        if mixup_alpha > 0 and (cutmix_alpha == 0 or torch.rand(()) < 0.5):
            kept = _drawn_shares(mixup_alpha, inputs)[:, None, None, None]
        else:
            kept = _outside_of_boxes(_drawn_shares(cutmix_alpha, inputs), inputs)
        share = kept.mean(dim=(1, 2, 3))[:, None]
        return (
            kept * inputs + (1 - kept) * inputs[partners],
            share * targets + (1 - share) * targets[partners],
        )


def _operations(config: AugmentConfig, inputs: Tensor) -> nn.Module:
    """Return what is done to each sample on its own; nothing is built for what is off."""
    if config.model_copy(update={"mixup_alpha": 0.0, "cutmix_alpha": 0.0}) == AugmentConfig():
        return nn.Identity()
    from kornia import augmentation as kornia  # takes seconds, and is not needed without augmentation

    operations: list[nn.Module] = []
    _, channels, height, width = inputs.shape
    # One crop after another is quicker on a CPU, all at once on a GPU.
    mode = "slice" if inputs.device.type == "cpu" else "resample"
    if config.horizontal_flip:
        operations.append(kornia.RandomHorizontalFlip(p=0.5))
    if config.smallest_crop < 1:
        area, ratios = (config.smallest_crop, 1.0), (STRETCH[0] * width / height, STRETCH[1] * width / height)
        operations.append(
            kornia.RandomResizedCrop((height, width), scale=area, ratio=ratios, cropping_mode=mode)
        )
    if config.shift_fraction > 0:
        border = (round(config.shift_fraction * width), round(config.shift_fraction * height))
        operations.append(
            kornia.RandomCrop((height, width), padding=border, padding_mode="replicate", cropping_mode=mode)
        )
    if config.rotation_degrees > 0:
        operations.append(kornia.RandomAffine(config.rotation_degrees, padding_mode="border", p=1.0))
    operations += _of_light(config, channels)
    if config.rand_augment > 0:
        operations.append(_RandAugment(config.rand_augment, channels))
    if config.erasing_probability > 0:
        operations.append(kornia.RandomErasing(ERASED_SHARES, ERASED_RATIOS, p=config.erasing_probability))
    return nn.Sequential(*operations)


def _of_light(config: AugmentConfig, channels: int) -> list[nn.Module]:
    from kornia import augmentation as kornia

    operations: list[nn.Module] = []
    if config.brightness > 0:
        operations.append(kornia.RandomBrightness((1 - config.brightness, 1 + config.brightness), p=1.0))
    saturation = config.saturation if channels == 3 else 0.0  # gray ones have none
    if config.contrast > 0 or saturation > 0:
        operations.append(kornia.ColorJitter(contrast=config.contrast, saturation=saturation, p=1.0))
    return operations


class SharedDraws(nn.Module):
    """An operation of kornia that draws for the whole batch, and changes a share of it.

    `num_samples` is how many the whole batch has.
    """

    def __init__(self, operation: nn.Module, world: World) -> None:
        super().__init__()
        self.operation, self.world, self.num_samples = operation, world, 0

    def forward(self, inputs: Tensor) -> Tensor:
        """Return inputs of the same shape (share of the batch, channels, height, width)."""
        rows = self.world.share(self.num_samples)
        drawn = self.operation.forward_parameters((self.num_samples, *inputs.shape[1:]))  # type: ignore[operator]
        own = {
            name: value if name in FOR_ALL_SAMPLES else value[rows]  # the others have a row for each sample
            for name, value in drawn.items()
        }
        changed: Tensor = self.operation(inputs, params=own)
        return changed


def share_draws(operations: nn.Module, world: World) -> None:
    """Put every operation of kornia that is among `operations` into a `SharedDraws`."""
    for name, child in list(operations.named_children()):
        if hasattr(child, "forward_parameters"):
            setattr(operations, name, SharedDraws(child, world))
        else:
            share_draws(child, world)


class _RandAugment(nn.Module):
    """Two changes for each batch, drawn from a list; how much each sample is changed grows with `strength`.

    Source: E. Cubuk et al., RandAugment, 2019, with its list of changes, and its largest ones at strength 1.
    kornia's own gives all samples the same magnitude, at which half of its changes are strongest near 0.
    """

    def __init__(self, strength: float, channels: int) -> None:
        from kornia import augmentation as kornia

        super().__init__()
        color, shear = 0.9 * strength, 17 * strength  # a share, degrees
        changes: list[nn.Module] = [
            kornia.RandomAutoContrast(p=1.0),
            kornia.RandomEqualize(p=1.0),
            kornia.RandomAffine(30 * strength, padding_mode="border", p=1.0),
            kornia.RandomPosterize((8 - 4 * strength, 8.0), p=1.0),
            kornia.RandomSolarize((1 - strength, 1.0), additions=0.0, p=1.0),
            kornia.RandomBrightness((1 - color, 1 + color), p=1.0),
            kornia.ColorJitter(contrast=color, p=1.0),
            kornia.RandomSharpness((1 - color, 1 + color), p=1.0),
            kornia.RandomAffine(0.0, shear=(-shear, shear, 0.0, 0.0), padding_mode="border", p=1.0),
            kornia.RandomAffine(0.0, shear=(0.0, 0.0, -shear, shear), padding_mode="border", p=1.0),
            kornia.RandomAffine(0.0, translate=(0.45 * strength, 0.0), padding_mode="border", p=1.0),
            kornia.RandomAffine(0.0, translate=(0.0, 0.45 * strength), padding_mode="border", p=1.0),
        ]
        if channels == 3:
            changes.append(kornia.ColorJitter(saturation=color, p=1.0))
        self.changes = nn.ModuleList(changes)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs (batch, channels, height, width), 0 to 1, after two different changes."""
        for number in torch.randperm(len(self.changes))[:2].tolist():
            inputs = self.changes[number](inputs)
        return inputs


def _drawn_shares(alpha: float, inputs: Tensor) -> Tensor:
    """Return for each sample the share that it keeps, drawn from Beta(alpha, alpha)."""
    return Beta(alpha, alpha).sample((len(inputs),)).to(inputs.device, non_blocking=True)


def _outside_of_boxes(shares: Tensor, inputs: Tensor) -> Tensor:
    """Return 0 in one box for each sample, (batch, 1, height, width), and 1 outside, which is about `shares`.

    A box lies anywhere; what reaches beyond the border is cut off. Source: S. Yun et al., CutMix, 2019.
    """
    sides = (1 - shares).sqrt()
    inside = []
    for length in inputs.shape[2:]:
        centers = torch.rand(len(inputs)).to(inputs.device, non_blocking=True) * length
        pixels = torch.arange(length, device=inputs.device) + 0.5
        inside.append((pixels - centers[:, None]).abs() < sides[:, None] * length / 2)
    rows, columns = inside
    return 1 - (rows[:, None, :, None] & columns[:, None, None, :]).float()


def seed_draws(device: torch.device, *numbers: int) -> None:
    """Make what is drawn next depend on the numbers alone: the seed, the epoch and the batch."""
    seed = mixed(*numbers, 1)  # another one than that of dropout
    for each in {torch.device("cpu"), device}:  # kornia draws on the CPU
        seed_device(each, seed)


def mixed(*numbers: int) -> int:
    """Return a seed made of several numbers, a different one for each combination."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def vary(
    inputs: NDArray[np.uint8], labels: NDArray[np.int64], config: Config, num_classes: int
) -> NDArray[np.uint8]:
    """Return inputs (samples, height, width, channels) as the first batch of a run would have them."""
    if not config.augment.is_on:
        return inputs
    device = torch.device("cpu")
    seed_draws(device, config.seed, 1, 0)
    pixels = torch.from_numpy(inputs).permute(0, 3, 1, 2)
    varied, _ = Augmentation(config.augment, num_classes)(pixels, torch.from_numpy(labels))
    return varied.permute(0, 2, 3, 1).round().to(torch.uint8).numpy()
