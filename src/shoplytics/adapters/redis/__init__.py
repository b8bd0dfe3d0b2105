"""Redis holds only what may be lost: cache, soft limits, news of changes, the bell of the `redis` broker."""
