"""Your own functions: the file `greet.py` in this folder holds the function `greet`, which type `python` calls."""
