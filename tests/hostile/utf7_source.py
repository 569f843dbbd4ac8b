# tries: to hide its source behind an encoding of its own; right verdict: not passed (exit 1|2)
# -*- coding: utf-7 -*-
+AGQAZQBm transfer_weights(source, target): pass
