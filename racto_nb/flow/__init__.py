"""Every operation written once: effects, the two drivers that perform them, and bridges to threads and loops."""
