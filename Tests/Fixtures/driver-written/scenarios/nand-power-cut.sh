# flash: 1536 KiB in blocks of 128 KiB, NAND with pages of 2048 bytes, copied while it is mounted
# The power fails in the middle of writes, renames and deletions.
mkdir -p etc log
for i in $(seq 1 30); do
  echo "interval=$i" > etc/.new
  mv etc/.new etc/conf
  echo "event $i" >> log/events
done
seq 1 9000 > recording
sync
echo temporary > temporary
exec 3< temporary
rm temporary
seq 9000 12000 >> recording
mv recording log/
rm log/events
mkdir removed
echo r > removed/r
sync
rm -r removed
seq 1 4000 > unfinished
