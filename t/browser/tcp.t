#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Browsers in a meeting whose media has no UDP port: all goes by ICE-TCP.

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

$t->write_file_expand('nginx.conf', "worker_processes 2;\n"
	. page_config() =~ s/_UDP%% udp;/%%;/r)->run();

Test::Secmeet::Browser->new()->run('tcp.mjs',
	'http://' . $t->host() . '/meet/', args => [ 'TCP alone' ]);

###############################################################################
