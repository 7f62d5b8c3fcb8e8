#define BOOST_TEST_MODULE orderd
#include <boost/test/unit_test.hpp>
