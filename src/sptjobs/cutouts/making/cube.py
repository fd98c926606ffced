"""Cubes of the observations of a target."""

from sptjobs.cutouts.epochs.cube_file import cube_file
from sptjobs.cutouts.epochs.epochs import Epochs
from sptjobs.cutouts.making.epoch_files import EpochFileMaker
from sptjobs.products import cube


class CubeMaker(EpochFileMaker):
    """Writes the stamps of a target's observations as one FITS file."""

    product = cube.PRODUCT

    def content_of(self, epochs: Epochs) -> bytes:
        """Write a cube."""
        return cube_file(epochs, self.style)
