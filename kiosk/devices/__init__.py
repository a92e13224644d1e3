"""Floor 3: the devices of the gate. `catalogue` alone knows which there are."""

import os

# Read by OpenCV when it is first imported: seconds until a V4L2 camera that hangs gives up.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
# An address that is wrong is our error message; OpenCV's own lines would stand beside it.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
