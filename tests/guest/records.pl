#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# usage: records.pl write FILE
#        records.pl check FILE LAST
#
# Writes blocks that are numbered from 1 on to FILE, over and over, each followed by fsync(), and
# says "acked NUMBER" when that has returned, until FILE.stop is there. `check` finds out whether
# all up to LAST are there, or later ones in their place.

use strict;
use warnings;
use IO::Handle;

use constant { PLACES => 1024, BLOCK => 4096 };

my ($verb, $path, $last) = @ARGV;
STDOUT->autoflush(1);

sub block {
	my ($number) = @_;
	return pack('Q*', ($number) x (BLOCK / 8));
}

sub write_records {
	open(my $file, '+>', $path) or die "$path: $!\n";
	print $file block(0) x PLACES;
	$file->flush && $file->sync or die "$path: $!\n";
	for (my $number = 1; !-e "$path.stop"; $number++) {
		sysseek($file, $number % PLACES * BLOCK, 0) or die "$path: $!\n";
		(syswrite($file, block($number)) // 0) == BLOCK or die "$path: $!\n";
		$file->sync or die "$path: $!\n";
		print "acked $number\n";
	}
}

# wanted PLACE: the last number that was acknowledged there
sub wanted {
	my ($place) = @_;
	return $last < $place ? 0 : $last - ($last - $place) % PLACES;
}

sub check {
	my $lost = 0;

	open(my $file, '<', $path) or die "$path: $!\n";
	for my $place (0 .. PLACES - 1) {
		(read($file, my $data, BLOCK) // 0) == BLOCK or die "$path: it is too short\n";
		my $number = unpack('Q', $data);
		# nothing has number 0, so that place 0 is empty until the second time round
		my $wanted = wanted($place);
		next if $data eq block($number) && $number >= $wanted && $number % PLACES == $place % PLACES
			|| $number == 0 && $wanted == 0 && $data eq block(0);
		print STDERR "place $place: $number, and $wanted was acknowledged\n";
		$lost++;
	}
	die "$path: $lost records are lost\n" if $lost;
}

if ($verb eq 'write') {
	write_records();
} else {
	check();
}
