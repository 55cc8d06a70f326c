#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What people read when something goes wrong: links, passwords, devices, a
# server that is gone, a network without UDP.

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
my $blocked = Test::Secmeet->new();

$t->write_file_expand('nginx.conf', page_config())->run();

# the discard port, where nobody is

$blocked->write_file_expand('nginx.conf',
	page_config('secmeet_candidate 127.0.0.1:9;'))->run();

###############################################################################

my $url = 'http://' . $t->host() . '/meet/';

Test::Secmeet::Browser->new()->run('failures.mjs', $url,
	args => [ 'http://' . $blocked->host() . '/meet/' ],
	please => {
		'stop' => sub { $t->stop() or die "does not stop\n" },
		'start' => sub { $t->run() },
		'logs-without' => sub {
			for my $name (qw/ error.log access.log /) {
				die "found in $name\n"
					if index($t->read_file($name), $_[0]) >= 0;
			}
		},
	});

###############################################################################
