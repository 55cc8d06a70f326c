#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The floors of the module: a file includes nothing from above it, and the
# lower floors do without nginx, without a clock, a log and an allocator.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ basename dirname /;
use File::Find ();

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

my $build = $ENV{SECMEET_BUILD} || 'build';
my $module = 'ngx_secmeet_module';

my %floors = (
	'ngx_secmeet.h' => 0,
	wire => 1,
	engine => 2,
	crypto => 3,
	meeting => 4,
	mesh => 5,
	http => 6,
	stream => 6,
	'ngx_secmeet_module.c' => 7,
);

my @files;

File::Find::find({
	no_chdir => 1,
	wanted => sub { push @files, $File::Find::name if /\.[ch]$/ }
}, $module);

@files = sort @files;

plan(tests => 5);

###############################################################################

# includes

my (@homeless, @upwards, @missing);

for my $file (@files) {
	my ($place) = $file =~ m{^$module/([^/]+)};

	if (!exists $floors{$place}) {
		push @homeless, $file;
		next;
	}

	open my $fh, '<', $file or die "$file: $!\n";

	while (my $line = <$fh>) {
		next unless $line =~ /^\s*#\s*include\s+"([^"]+)"/;

		my $path = normal(dirname($file) . "/$1");
		my ($target) = $path =~ m{^$module/([^/]+)};

		if (!-e $path) {
			push @missing, "$file: $1";
			next;
		}

		next if $target eq $place || $floors{$target} < $floors{$place};

		push @upwards, "$file: $1";
	}
}

is(list(@homeless), '', 'every file stands on a floor');
is(list(@missing), '', 'every include is relative and exists');
is(list(@upwards), '', 'includes point down');

###############################################################################

# symbols

is(system('make', '-s', "B=$build", 'peer'), 0, 'built');

my $forbidden = qr/^(?:
	(?:m|c|re|aligned_)alloc|free|posix_memalign|strdup
	|time|clock|clock_gettime|gettimeofday|localtime|nanosleep|usleep|sleep
	|v?[fsd]?n?printf|puts|fputs|syslog|perror|fopen|fwrite|fread
	|socket|sendto|sendmsg|send|recv|recvfrom|recvmsg|open|read|write|close
	|rand|random|getrandom|abort|exit|pthread_\w+
)$/x;

my @symbols;

for my $object (sort glob "$build/peer/obj/{wire,engine,crypto}/*.o") {
	my ($floor) = $object =~ m{/(\w+)/[^/]+$};

	next unless -e "$module/$floor/" . basename($object, '.o') . '.c';

	for my $symbol (map { /\bU (\w+)/ } `nm -u $object`) {

		if ($symbol =~ /^ngx_(?!secmeet_)/
			|| ($floor ne 'crypto' && $symbol =~ $forbidden))
		{
			push @symbols, "$floor/" . basename($object) . ": $symbol";
		}
	}
}

is(list(@symbols), '', 'no symbol of nginx, no clock, log or allocator');

###############################################################################

sub list { return join "\n", @_ }

sub normal {
	my ($path) = @_;

	1 while $path =~ s{[^/]+/\.\./}{};

	return $path;
}

###############################################################################
