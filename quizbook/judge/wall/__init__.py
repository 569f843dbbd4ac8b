"""The wall: what confines the process that runs a learner's code, layer by layer, each tried before it is relied on."""
