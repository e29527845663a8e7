// A target needs a file to compile.
