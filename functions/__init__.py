"""The Lambda functions of Hourglass, one folder per step of the loop."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # What a function makes while it starts stays for its life, and to look for garbage in it is a tenth of its start.
    # `collect_garbage` in functions/aws/wiring.py begins to look after the first invocation.
    gc.disable()
