"""Animations of the observations of a target."""

from sptjobs.cutouts.epochs.epochs import Epochs
from sptjobs.cutouts.epochs.moving_picture import moving_picture
from sptjobs.cutouts.making.epoch_files import EpochFileMaker
from sptjobs.products import animation


class AnimationMaker(EpochFileMaker):
    """Draws the stamps of a target's observations as the frames of one picture."""

    product = animation.PRODUCT
    needs_weights = False

    def content_of(self, epochs: Epochs) -> bytes:
        """Draw an animation."""
        return moving_picture(epochs)
