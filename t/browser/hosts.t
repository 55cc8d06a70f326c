#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What hosts can do, by real browsers: passwords, lobby, silence, kick,
# invitations, the end; and what a reload of the page takes along.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir("$FindBin::Bin/.."); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;

my $t = Test::Secmeet->new()->plan();

$t->write_file_expand('nginx.conf', page_config())->run();

###############################################################################

Test::Secmeet::Browser->new()->run('hosts.mjs',
	'http://' . $t->host() . '/meet/', timeout => 240,
	please => {
		'logs-without' => sub {
			for my $name (qw/ error.log access.log /) {
				die "found in $name\n"
					if index($t->read_file($name), $_[0]) >= 0;
			}
		},
	});

###############################################################################
