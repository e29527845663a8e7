# flash: 1024 KiB in blocks of 128 KiB, NAND with pages of 2048 bytes, mounted with compr=none
# A small flash that is full again and again.
mkdir keep
seq 1 3000 > keep/precious
ln keep/precious keep/too
for i in $(seq 1 90); do
  seq "$i" $((i + 2500)) > "ring$((i % 12))" 2>/dev/null
  echo "$i" >> keep/last
  if [ $((i % 5)) = 0 ]; then sync; fi
done
rm ring3 ring6
mkdir keep/later
echo later > keep/later/x
