// System interfaces that Swift cannot import: variadic functions, function-like macros, flags built by macros.
#pragma once
