// DiffMask
