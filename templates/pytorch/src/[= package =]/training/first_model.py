"""The model that a run begins with, before anything is learned."""

from ..config.settings import Config
from ..data.batches import normalization_inputs
from ..data.splits import Splits
from ..model.backbones.find import find_backbone
from ..model.network import Classifier, build_model, set_normalization
from ..model.pretrained import PretrainedNetwork
from ..runs.backbone import Backbone


def first_model(
    config: Config, splits: Splits, backbone: Backbone | None
) -> tuple[Classifier, Backbone | None]:
    """Return the model with its first weights, on the CPU, and the backbone that it has, if any.

    With the `backbone` that its run began with, pretrained weights are not read: the state has them all.
    """
    begins = config.model.backbone and not backbone
    fetched = find_backbone(config.model.backbone) if begins else None
    backbone = fetched.backbone if fetched else backbone
    model = build_model(
        config.model,
        input_spec=splits.input_spec,
        num_classes=len(splits.class_names),
        backbone=backbone,
    )
    if not isinstance(model, PretrainedNetwork):
        set_normalization(model, normalization_inputs(splits.train))
    elif fetched:
        model.load_pretrained(fetched)
    return model, backbone
