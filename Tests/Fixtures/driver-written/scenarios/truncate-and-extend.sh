# flash: 512 KiB in blocks of 16 KiB
# Shrinking and growing: what was cut off must not come back.
seq 1 3000 > shrunk
cp shrunk regrown
cp shrunk emptied
cp shrunk twice
sync
truncate -s 5001 shrunk
truncate -s 5001 regrown
: > emptied
truncate -s 100 twice
sync
truncate -s 12000 regrown
truncate -s 9000 twice
sync
truncate -s 50 twice
echo tail >> twice
sync
truncate -s 20000 never-written
