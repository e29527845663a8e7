# flash: 1024 KiB in blocks of 64 KiB, copied while it is mounted
# The power fails: deleted files are still open, a rename and some writes have just happened.
mkdir -p etc log
for i in $(seq 1 30); do
  echo "interval=$i" > etc/.new
  mv etc/.new etc/conf
  echo "event $i" >> log/events
done
head -c 30000 /dev/urandom > recording
sync
echo temporary > temporary
exec 3< temporary
rm temporary
head -c 9000 /dev/urandom >> recording
mv recording log/
rm log/events
mkdir removed
echo r > removed/r
sync
rm -r removed
