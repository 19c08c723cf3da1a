"""What a file is, from its name and at most 64 KiB of each end. Pure: bytes in, a Detection or FileRejected out."""

from glue_etl.core.formats.detection import detect
from glue_etl.core.formats.registry import FORMATS
from glue_etl.core.formats.rejections import REJECTIONS
from glue_etl.core.formats.sample import SAMPLE_BYTES

__all__ = ["FORMATS", "REJECTIONS", "SAMPLE_BYTES", "detect"]
