"""Import this before NumPy: its matrix products then use one thread, unless the caller's environment says otherwise.

Threads of one product wait for each other; on a machine with other work that makes times say more about the others.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
