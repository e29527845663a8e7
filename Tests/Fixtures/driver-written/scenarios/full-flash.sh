# flash: 512 KiB in blocks of 16 KiB
# More is written than fits: blocks are collected, moved and written again.
mkdir keep
echo precious > keep/precious
for i in $(seq 1 60); do
  head -c 7000 /dev/urandom > "ring$((i % 9))" 2>/dev/null
  echo "$i" > keep/last
  sync
done
head -c 600000 /dev/urandom > too-large 2>/dev/null
rm -f too-large ring3 ring7
sync
echo 'still room' > keep/room
