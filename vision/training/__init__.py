"""Teaching: recordings in, a step's network out.

Linear algebra gets one thread, set here because it counts only before numpy is loaded: the matrices are small, and two threads that wait
for each other on busy cores made learning four times slower.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
