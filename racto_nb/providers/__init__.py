"""The answerers: one folder each for the vendors' SDKs, the local servers and the model that runs inside the kernel.

A provider's library is imported when its client is first made, never when its folder is imported.
"""
