#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Meetings by keyboard, on a phone, and by the rules of axe-core.

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

Test::Secmeet::Browser->new()->run('accessible.mjs',
	'http://' . $t->host() . '/meet/');

###############################################################################
