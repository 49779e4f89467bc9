"""A reader of HDF5 files, safe on damaged and hostile ones."""
