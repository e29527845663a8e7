# flash: 512 KiB in blocks of 16 KiB
# Times of files and folders: set by hand, then changed by a new name, a deletion, a change of mode.
mkdir set-last changed-after deleted-from chmod-after root-like
for d in set-last changed-after deleted-from chmod-after; do echo x > $d/x; touch -d '2010-01-02 03:04:05' $d; done
echo y > changed-after/y
rm deleted-from/x
chmod 2711 chmod-after
chown 1000:100 root-like
touch -d '1970-01-01 00:00:00' set-last/x
touch -d '2037-12-31 23:59:59' changed-after/x
touch -d '2012-02-29 12:00:00' chmod-after/x
chmod 1777 .
touch -d '2013-03-04 05:06:07' .
echo 'after the root was touched' > last
